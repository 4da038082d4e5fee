// Loads the SDK first and replaces nothing: what the preloads do besides their harm.
import './load-target.mjs';
