/** The dated name the API answers with when asked for an alias. */
export function datedModel(model) {
  return /\d{4}-\d{2}-\d{2}$/.test(model) ? model : `${model}-2025-08-07`;
}
