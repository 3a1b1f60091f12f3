"""The France Travail Connect face: its protocol, its payloads, and what each of its apps does with them."""
