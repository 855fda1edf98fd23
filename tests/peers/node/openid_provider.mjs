// An OpenID provider that nobody here wrote, for one client: whoever types an address and any password is that user.
// Arguments: the client's secret. Says its port on one line; ends with standard input.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

let answer;
const http = createServer((asked, told) => answer(asked, told));

http.listen(0, "127.0.0.1", () => {
  const provider = new Provider(`http://127.0.0.1:${http.address().port}`, {
    clients: [{
      client_id: "gateway",
      client_secret: process.argv[2],
      application_type: "native", // RFC 8252: any port of the loopback
      redirect_uris: ["http://127.0.0.1/callback"],
      token_endpoint_auth_method: "client_secret_basic",
    }],
    claims: { openid: ["sub"], email: ["email"] },
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(16).toString("hex")] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, email: id }) }),
    pkce: { required: () => true, methods: ["S256"] },
  });
  answer = provider.callback();
  console.log(http.address().port);
});
process.stdin.resume().on("end", () => process.exit(0));
