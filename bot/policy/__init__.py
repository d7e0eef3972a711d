"""Pure decisions: what a policy says of scores, strikes and steps. Nothing here waits or writes."""
