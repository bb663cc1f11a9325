"""The protocols that simulated devices are read over."""
