from harness.criteria.facts.command_tries import TRIES, commands, untried


def test_every_command_is_tried_with_made_up_credentials() -> None:
    assert not list(untried()), "say in TRIES how they are tried"
    assert not TRIES.keys() - {it.name for it in commands()}


def test_no_option_takes_a_credential() -> None:
    assert not [it.takes_credential for it in commands() if it.takes_credential]
