"""What everything rests on: errors, paths, polling, atomic files. Imports no pyinfra."""
