"""The whole job and its parts that need more than one room: run, report, identify, describe, export."""
