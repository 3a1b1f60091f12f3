"""What auditors take away: exports of what a filter finds, the dossier of a grant as one archive."""
