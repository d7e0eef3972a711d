"""How well a model and a policy do on labelled comments. For people who choose; judges nobody."""
