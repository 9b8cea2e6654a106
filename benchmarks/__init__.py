"""How fast fastslop counts, against programs that count the same thing: ``python -m benchmarks.speed``."""
