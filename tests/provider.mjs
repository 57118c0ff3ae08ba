// A council's OpenID provider for the tests: the package `oidc-provider`, which signs in whom a test names,
// without asking, and lies where a test wants it to. It ends with its standard input.
//
// Takes, in OIDC_PROVIDER: { redirect, client: { id, secret } }. Prints its address, then answers on it.
// A test sends POST /told { who: { sub, … claims }, lie: "" | "issuer" | "nonce" | "audience" | "expired" |
// "signature" | "code" | "discovery", rotate: bool }.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../web/package.json", import.meta.url));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { Provider } = await load("oidc-provider");
const { exportJWK, generateKeyPair, SignJWT, decodeJwt, decodeProtectedHeader } = await load("jose");

const { redirect, client } = JSON.parse(process.env.OIDC_PROVIDER);
let told = { who: { sub: "nobody" }, lie: "" };

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
const own = await generateKeyPair("RS256", { extractable: true });
const foreign = await generateKeyPair("RS256");

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...(await exportJWK(own.privateKey)), kid: "of-the-council", use: "sig", alg: "RS256" }] },
  clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [redirect] }],
  claims: { openid: ["sub", "roles"], email: ["email", "email_verified"] },
  // Half of the claims come with the ID token, half on a second question.
  cookies: { keys: ["a key of the tests"] },
  findAccount: () => ({ accountId: told.who.sub, claims: () => told.who }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  // A second tab signs in anew there; the code of the first stays good.
  expiresWithSession: () => false,
  loadExistingGrant: async (context) => {
    const grant = new context.oidc.provider.Grant({ clientId: client.id, accountId: context.oidc.session.accountId });
    grant.addOIDCScope("openid email");
    await grant.save();
    return grant;
  },
});

server.on("request", async (request, answer) => {
  if (request.url === "/told") {
    told = JSON.parse(await body(request));
    return answer.writeHead(204).end();
  }
  if (request.url.startsWith("/interaction/")) {
    return provider.interactionFinished(request, answer, { login: { accountId: told.who.sub, remember: false } });
  }
  if (request.url.startsWith("/token") && told.lie) lieInTokens(answer);
  if (request.url.startsWith("/.well-known/") && told.lie === "discovery") lieOfIssuer(answer);
  return provider.callback()(request, answer);
});

function lieOfIssuer(answer) {
  rewrite(answer, async (text) => text.replace(`"issuer":"${issuer}"`, '"issuer":"https://somebody.example"'));
}

function lieInTokens(answer) {
  rewrite(answer, async (text) => {
    const tokens = JSON.parse(text);
    const claims = decodeJwt(tokens.id_token);
    if (told.lie === "issuer") claims.iss = "https://somebody.example";
    if (told.lie === "nonce") claims.nonce = "another";
    if (told.lie === "no nonce") delete claims.nonce;
    if (told.lie === "audience") claims.aud = "another-service";
    if (told.lie === "expired") claims.exp = claims.iat - 60;
    if (told.lie === "access token") claims.at_hash = "AAAAAAAAAAAAAAAAAAAAAA";
    const key = told.lie === "signature" ? foreign.privateKey : own.privateKey;
    const header = decodeProtectedHeader(tokens.id_token);
    tokens.id_token = told.lie === "unsigned"
      ? [JSON.stringify({ alg: "none" }), JSON.stringify(claims), ""].map((part) => Buffer.from(part).toString("base64url")).join(".")
      : await new SignJWT(claims).setProtectedHeader(header).sign(key);
    return JSON.stringify(tokens);
  });
}

// Puts other words into an answer that is about to be sent.
function rewrite(answer, words) {
  const end = answer.end.bind(answer);
  answer.end = (content) => {
    void words(String(content)).then((text) => {
      answer.setHeader("content-length", Buffer.byteLength(text));
      end(text);
    });
    return answer;
  };
}

async function body(request) {
  let text = "";
  for await (const piece of request) text += piece;
  return text;
}

process.stdin.on("end", () => process.exit(0)).resume();
console.log(issuer);
