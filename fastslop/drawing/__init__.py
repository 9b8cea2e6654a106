"""Trees and heatmaps as pictures."""
