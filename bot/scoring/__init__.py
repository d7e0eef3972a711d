"""Texts to scores: Detoxify's models, loaded without running their code. An adapter."""
