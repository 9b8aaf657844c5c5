# The binary in a small image. `docker build -t papo .`
FROM rust:1-trixie AS build
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm
WORKDIR /papo
# The tools change less often than the sources.
COPY Cargo.lock ./
COPY scripts/setup scripts/setup
COPY end2end/package.json end2end/package-lock.json end2end/.npmrc end2end/
RUN scripts/setup build
COPY . .
RUN make build

FROM debian:trixie-slim
RUN useradd --system --uid 10001 papo && install -d -o papo /data
COPY --from=build /papo/target/release/papo /usr/local/bin/papo
USER papo
ENV PAPO_DATA=/data PAPO_LISTEN=0.0.0.0:3000
VOLUME /data
EXPOSE 3000
ENTRYPOINT ["papo"]
