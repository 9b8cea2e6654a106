"""Prompts to generations: a panel of prompts, an endpoint that answers them, a file of the answers."""
