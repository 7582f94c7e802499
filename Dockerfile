# The README's commands in a container: docs/running.md.
FROM debian:bookworm-slim AS system
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git make python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /triptych

FROM system
# The locks only: a change of the code does not install the packages again.
COPY Makefile pyproject.toml requirements*.lock ./
ARG TORCH_INDEX=""
RUN mkdir -p src/triptych \
    && touch README.md src/triptych/__init__.py \
    && make env TORCH_INDEX="$TORCH_INDEX"
COPY . .
# The copied locks may be newer than the environment that was made from them.
RUN touch .venv/complete
CMD ["make", "run"]
