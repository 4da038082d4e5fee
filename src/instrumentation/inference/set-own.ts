// Puts a property on an object of the vendor's, as visible as what it replaces: what its class has does not become enumerable.

export function setOwn(target: object, name: PropertyKey, value: unknown): void {
  const enumerable = Object.getOwnPropertyDescriptor(target, name)?.enumerable ?? false;
  Object.defineProperty(target, name, { value, enumerable, configurable: true, writable: true });
}
