# Builds the binary and ships it, alone. The data is one file in /data; docs/operations.md has the commands.
# By hand, without a container: `deno task compile`, then copy ./capsule where it shall run.

FROM docker.io/denoland/deno:2.9.6 AS build
WORKDIR /source
# What docs/operations.md asks a running capsule with; its commands are run as they are written.
RUN apt-get update && apt-get install --yes --no-install-recommends curl && rm -r /var/lib/apt/lists
COPY . .
# The gate. Tests that want Chromium, nginx or root's namespaces find none of them here, say so in one line and are left out.
RUN deno task ok
RUN deno task compile /capsule && mkdir /volume && mkdir --mode=0700 /volume/data

# The C library and nothing to run: no shell, no package manager.
FROM gcr.io/distroless/cc-debian12
COPY --from=build /capsule /usr/local/bin/capsule
# The folder above it is copied: what lies in it keeps its mode, with BuildKit and without.
COPY --from=build --chown=10001:10001 /volume /
USER 10001:10001
# The program reads and writes only in its working folder; all else may be read-only.
WORKDIR /data
VOLUME /data
EXPOSE 8080 8443
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1m --timeout=10s --start-period=30s CMD ["/usr/local/bin/capsule", "up"]
ENTRYPOINT ["/usr/local/bin/capsule"]
# With CAPSULE_ADDRESS it does HTTPS by itself; the world's ports 80 and 443 lead to these two.
CMD ["serve", "--http-port", "8080", "--https-port", "8443"]
