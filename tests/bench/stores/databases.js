// The databases of bench:stores, by name: those of the table that say how their driver does the work by itself.
import { databases as all } from "../../stores/databases.js";

export const databases = Object.fromEntries(all.filter(({ bare }) => bare).map((row) => [row.name, row]));
