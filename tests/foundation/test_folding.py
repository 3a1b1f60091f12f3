from foundation.folding import fold


def test_case_accents_and_ligatures_do_not_count() -> None:
    assert fold("Œuvre À Ça") == "oeuvre a ca"
    assert fold("Ætoile") == "aetoile"
