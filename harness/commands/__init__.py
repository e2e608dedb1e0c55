"""One short file a verb: enter fixtures, call, print."""

__all__ = ["LINES"]

LINES = {
    "dev": "Bring the development environment up, or find it up, and show each reload.",
    "restart": (
        "Load the layer again though nothing changed, and say when it serves; 1 if it is broken."
    ),
    "sync": (
        "Copy what was saved to an engine that cannot mount the checkout, as `harness dev` does."
    ),
    "status": "Show this checkout's stack, or every checkout's, and what is broken.",
    "shell": "Open a shell in the running container; its exit status becomes this command's.",
    "logs": "Follow the container's logs, or show those of one that has ended; Ctrl-C ends it.",
    "down": "Stop the environment; WAL, .beads, .ckindex and the gateway's sessions stay.",
    "clean": "Stop the environment and remove its volumes: WAL, .beads, .ckindex, sessions.",
    "build": "Build the production image; each stage runs again when its cache key changes.",
    "accept": "Check the criteria of the PRD on a stack of the run's own, and leave evidence.",
    "gate": "Say whether evidence is enough for a release; the status is 1 if any is missing.",
    "report": "Draw a page that needs no network, and Markdown, from the evidence of runs.",
    "smoke": (
        "Wait for a release to answer well; status 0 passed, 1 failed, 5 nobody could be asked."
    ),
    "notify": (
        "Set the commit's status, comment on its pull request, and write the job's summary."
    ),
    "preflight": (
        "Say whether a release could begin: token, scopes, account, buckets, registry, commit."
    ),
    "deploy": (
        "Release the checkout's commit to staging, then production, or leave production as it was."
    ),
    "rollback": "Have an older release serve again, and ask whether it is well.",
    "recover": (
        "Finish the way back of a release that was killed; nothing happens if there is none."
    ),
    "doctor": "Say what is there, what is missing, and the command that mends it.",
    "engine": "The harness's own Docker engine, for machines that have none.",
    "image": "Name the base image, look at published ones, and publish them for both processors.",
}
"""The line on each command that the help shows, in that order."""
