"""What partners are told: the outbox, both deliveries, attestations, pages."""
