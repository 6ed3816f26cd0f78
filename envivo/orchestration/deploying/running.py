"""A deploy from the lock to the verified end, and back where it fails; a rollback."""

from collections.abc import Iterable, Mapping, Sequence

from envivo.inventory import Inventory
from envivo.orchestration.deploying import decision, releases
from envivo.orchestration.deploying.destination import destination
from envivo.orchestration.deploying.handover import converge
from envivo.orchestration.deploying.hosts import NOT_PUT_BACK, Ended, Hosts, Results
from envivo.orchestration.deploying.verifying import verify
from envivo.orchestration.everywhere import everywhere
from envivo.orchestration.holding import held
from envivo.orchestration.verification import working
from envivo.remote import RemoteShell
from envivo.state.release import Kept
from envivo.verify.engine import findings
from envivo.verify.findings import Finding


def deploy(hosts: Hosts, verified: bool = True) -> Ended:
    with held(hosts.shells, hosts.mine, hosts.progress.say) as refused:
        if any(finding.code == "host-held" for finding in refused):
            return Ended(refused, begun=False)
        away = {finding.host for finding in refused}
        reached = Hosts(hosts.read, _without(hosts.shells, away), hosts.mine, hosts.progress)
        ended = _deploy(reached, verified)
        reached.note("deploy", ended)
        return ended


def _deploy(hosts: Hosts, verified: bool) -> Ended:
    read, progress = hosts.read, hosts.progress
    had, unknown = everywhere(hosts.shells, releases.kept)
    if unknown:
        return Ended(unknown, begun=False)
    released = {name: kept.current for name, kept in had.items() if kept.current}
    old = releases.as_released(read, hosts.shells, released) if verified and released else None
    if verified and released and not old:
        progress.say(
            "this version of envivo cannot read the settings of the deployed release, "
            "so it cannot check what works before the deploy"
        )
    seen = decision.baseline(progress.check(old, working, "looking at").values()) if old else None

    outcome = converge(read, hosts.mine)
    failed = _failed(outcome.failed, hosts.servers)
    breaks: list[Finding] = []
    results: Results = {}
    back = decision.to_put_back(outcome.failed, hosts.servers, released, breaks=False)
    wrong = hosts.put_back(back)
    if verified and not (back.keys() >= released.keys() and failed):
        results, breaks = verify(hosts, seen)
        if breaks:
            more = decision.to_put_back(outcome.failed, hosts.servers, released, breaks=True)
            wrong += hosts.put_back({name: number for name, number in more.items() if name not in back})
            back = more
    if not back:
        said = [*failed, *_not_kept(outcome.not_kept), *findings(results.values())]
        now, _ = everywhere(hosts.shells, releases.kept)
        if not said and verified:
            _, lost = everywhere(hosts.shells, lambda shell: releases.mark_verified(shell, hosts.mine))
            for finding in lost:
                hosts.progress.say(f"{finding}: its release could not be marked as verified")
        return Ended(said, _number(now), {}, results, stands=bool(said) and not failed)
    said = [*failed, *breaks, *wrong, *_not_kept(outcome.not_kept)]
    if back.keys() < released.keys() and not breaks:  # the others have what was deployed
        said += [finding for finding in findings(results.values()) if finding.host not in back]
    return _back(hosts, said, back, had, old, seen, results)


def _not_kept(why: Mapping[str, str]) -> list[Finding]:
    return [Finding(name, "not-kept", words, "see df /var/lib/envivo") for name, words in why.items()]


def _failed(why: Mapping[str, str], servers: Sequence[str]) -> list[Finding]:
    """Servers first: their clients may have been left out for them."""
    names = sorted(why, key=lambda name: name not in servers)
    return [Finding(name, "not-deployed", why[name], "fix that, then deploy again") for name in names]


def _back(
    hosts: Hosts,
    said: list[Finding],
    back: Mapping[str, int],
    had: Mapping[str, Kept],
    old: Inventory | None,
    seen: decision.Baseline | None,
    results: Results,
) -> Ended:
    """The end of a deploy that was rolled back, on all hosts or on one."""
    lost = {finding.host for finding in said if finding.code == NOT_PUT_BACK}
    back = {name: number for name, number in back.items() if name not in lost}
    now, _ = everywhere(hosts.shells, releases.kept)
    # a release that did not hold must not be one to go back to
    made = {name: now[name].releases.keys() - had[name].releases.keys() for name in back if name in now}
    some = {name: hosts.shells[name] for name, numbers in made.items() if numbers}
    _, unreached = everywhere(some, lambda shell: releases.forget(shell, hosts.mine, made[shell.link.name]))
    for finding in unreached:
        hosts.progress.say(f"{finding}: the failed release is still kept on it")
    if old and seen and back.keys() >= {host.name for host in old.hosts}:
        results = hosts.progress.check(old, working, "verifying the previous release of")
        said += decision.broken(seen, results.values())
    return Ended(said, _number({**had, **now}), back, results)


def rollback(hosts: Hosts, to: int | None) -> Ended:
    """Raises EnvivoError where there is nothing to go back to."""
    with held(hosts.shells, hosts.mine, hosts.progress.say) as refused:
        if any(finding.code == "host-held" or finding.host in hosts.servers for finding in refused):
            return Ended(refused, begun=False)
        away = {finding.host for finding in refused}
        reached = Hosts(hosts.read, _without(hosts.shells, away), hosts.mine, hosts.progress)
        ended = _rollback(reached, to, refused)
        if ended.begun:
            reached.note("rollback", ended)
        return ended


def _rollback(hosts: Hosts, to: int | None, away: Sequence[Finding]) -> Ended:
    """`away`: clients that were not reached."""
    had, unknown = everywhere(hosts.shells, releases.kept)
    if unknown:
        return Ended(unknown, begun=False)
    number, goes = destination(hosts.read.env, had, to)
    current = {name: kept.current for name, kept in had.items() if kept.current}
    back = dict(goes)
    wrong = hosts.put_back(back, only_whole=True)
    lost = {finding.host for finding in wrong}
    back = {name: at for name, at in back.items() if name not in lost}
    if lost & set(hosts.servers):  # clients of a server that did not go back would not fit it
        undone = {name: current[name] for name in back if name in hosts.servers and name in current}
        return Ended([*wrong, *hosts.put_back(undone)], _number(had))
    then = releases.as_released(hosts.read, hosts.shells, {**current, **back})
    results = hosts.progress.check(then, working, "verifying") if then else {}
    return Ended([*wrong, *away, *findings(results.values())], number, back, results)


def _number(kept: Mapping[str, Kept]) -> int:
    return max((host.current for host in kept.values()), default=0)


def _without(shells: Mapping[str, RemoteShell], names: Iterable[str]) -> dict[str, RemoteShell]:
    gone = set(names)
    return {name: shell for name, shell in shells.items() if name not in gone}
