"""How the bundled model `compact` is made: examples, noise, training loop, calibration, card."""
