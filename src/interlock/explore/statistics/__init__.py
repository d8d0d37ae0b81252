"""Statistics of samples: estimates with intervals and tests, each in a module of its own."""
