"""The nouns, frozen. They know nothing of Discord, databases or models."""
