/**
 * A certificate for `outward.example` and `other.example` that nobody trusts but tests that say so; valid from 2020 to 2119.
 * Its key is no secret. Made with `openssl ca -selfsign`.
 * @module
 */

/** The certificate, and its own authority. */
export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfjCCASOgAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5UZXN0IGF1
dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTE5MDEwMTAwMDAwMFowGTEXMBUG
A1UEAwwOVGVzdCBhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARI
TYVbhIs3YsCd/t9uRyfwuuF/RNvC8PVTld8pW3VghXJ2PScckQ0zsdW4DaEp7t6v
0yqejJYx2JMTvwQ8wC8Qo1owWDApBgNVHREEIjAggg9vdXR3YXJkLmV4YW1wbGWC
DW90aGVyLmV4YW1wbGUwDAYDVR0TAQH/BAIwADAdBgNVHQ4EFgQUDq4hS+pZOaBJ
TWCvWsiC7jnbIbwwCgYIKoZIzj0EAwIDSQAwRgIhAJNXd/0SJ6fErOcOqYUZj0ql
TIelTGUkWf7PIw36RRgZAiEApfv70z9l+uLYisyh80ihd262V60Piu0nHE4E1Woo
gUc=
-----END CERTIFICATE-----
`;

/** The private key. */
export const TEST_CERTIFICATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCz7jF//RF0Z1NaYm
4qlQlmi7Dx2pSeHVAx6EDLwGybOhRANCAARITYVbhIs3YsCd/t9uRyfwuuF/RNvC
8PVTld8pW3VghXJ2PScckQ0zsdW4DaEp7t6v0yqejJYx2JMTvwQ8wC8Q
-----END PRIVATE KEY-----
`;
