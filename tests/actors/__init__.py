"""Who takes part in a journey, so that a test of one reads as a story.

Owns: actors that speak to Accord only as the real ones do: a person's browser over pages and forms, a
partner's application over OAuth and the data API, an auditor over the console and the ledger's proofs.
Does not own: shortcuts into rooms or tables; a test that needs one takes the room's own function.
Who may call it: tests of journeys, races and hostile inputs.
"""
