"""What the device page shows: what a device says, how far it can be trusted, and its course."""
