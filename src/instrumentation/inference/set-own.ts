// Puts a property on an object of the vendor's, as visible as what it replaces: what its class has does not become enumerable.

export function setOwn(target: object, name: PropertyKey, value: unknown): void {
  // An assignment keeps what is visible so, and costs a fraction.
  if (Object.hasOwn(target, name)) (target as Record<PropertyKey, unknown>)[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: false, configurable: true, writable: true });
}
