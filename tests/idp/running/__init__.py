"""The server's own life: opening, background work, health."""
