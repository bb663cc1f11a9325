"""What happens to a plant and its devices, and when: faults, measures and network troubles whose truth is known."""
