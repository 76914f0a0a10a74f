/** The longest body of a POST: one record of 1 MiB, and what may be wrapped around it; `MAX_POST_BYTES` of src/limits.rs. */
export const MAX_POST_BYTES = 1024 * 1024 + 16 * 1024;
