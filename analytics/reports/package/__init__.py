"""What makes a report's folder a package that can be checked: register readings, manifest, signature, verification."""
