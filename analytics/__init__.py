"""What the readings mean: energy, efficiency figures, alarms, advice and reports, computed from `History` alone."""
