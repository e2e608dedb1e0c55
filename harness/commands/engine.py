"""`harness engine`: the harness's own Docker engine."""

import typer

app = typer.Typer(help="The harness's own Docker engine.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass
