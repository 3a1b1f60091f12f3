"""The verifier of examples/verifier, run beside ours on the same logs, proofs and receipts: they agree."""
