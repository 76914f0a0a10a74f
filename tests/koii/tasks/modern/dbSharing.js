import { koiiSharing } from "dbsharing/koii";
import { namespaceWrapper } from "@_koii/namespace-wrapper";

export const sharing = koiiSharing({ namespaceWrapper });
