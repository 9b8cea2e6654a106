"""What everything else stands on: errors, settings, the wording of messages, plain tables; no work of its own."""
