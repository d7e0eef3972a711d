"""What can be set: labels, policies and their shipped presets. Imports nothing of ours."""
