"""Commands whose misspelt names are met with the one that was probably meant."""

import click

from envivo.core.names import did_you_mean


class Suggesting(click.Group):
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            meant = did_you_mean(args[0], self.list_commands(ctx))
            raise click.UsageError(f"{error.message} {meant.capitalize()}".rstrip(), ctx) from None
