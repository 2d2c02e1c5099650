# Builds the binary, ships the binary. The data is one file in /data; docs/operations.md has the commands.
# By hand, without a container: `deno task compile`, then copy ./capsule where it shall run.

FROM denoland/deno:2.9.6 AS build
WORKDIR /source
COPY deno.json deno.lock ./
COPY .ci .ci
COPY content content
COPY host host
COPY mesh mesh
COPY routes routes
COPY storage storage
COPY views views
COPY main.ts ./
RUN deno run --frozen --allow-all .ci/compile.ts /capsule

FROM debian:stable-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin capsule \
  && install --directory --owner=capsule --group=capsule --mode=0700 /data
COPY --from=build /capsule /usr/local/bin/capsule
USER capsule
# The program reads and writes only in its working folder.
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# No health check in here: ask GET /up from outside, as docs/operations.md shows.
ENTRYPOINT ["capsule"]
CMD ["serve", "--host", "::", "--port", "8000"]
