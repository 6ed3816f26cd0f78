"""Operations. Each module: a fact that reads everything in one command, a pure difference, a thin operation."""
