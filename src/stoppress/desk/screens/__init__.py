"""View models: what each screen of the desk shows."""
