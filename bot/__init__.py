"""Evenhand: the stages of one comment, from its arrival to the notice its author reads."""
