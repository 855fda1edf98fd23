"""Values the whole console speaks in: frozen, without I/O, without Qt."""
