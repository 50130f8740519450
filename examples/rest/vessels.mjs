// Vessels from JavaScript: everything the site of a testbed can do is a call of its REST API, for any language.
//
// Gets COUNT vessels, in different networks if KIND is `wan`, says where they are, and gives them back.
//
//     SEATTLE_SITE=https://testbed.example SEATTLE_API_KEY=sak_... node vessels.mjs COUNT [KIND]
//
// An API key is made on the page "API keys" of your profile. Needs Node.js 18 or later, and nothing besides.

const site = process.env.SEATTLE_SITE;
const apiKey = process.env.SEATTLE_API_KEY;
const [count = "2", kind = "random"] = process.argv.slice(2);
const WAIT = 20; // seconds that the site may hold an answer back until there is news

async function ask(method, path, body) {
  const answer = await fetch(`${site}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${told.message} (${told.code})`);
  return told;
}

if (!site || !apiKey) {
  console.error("error: set SEATTLE_SITE and SEATTLE_API_KEY");
  process.exit(2);
}
try {
  const me = await ask("GET", "/account");
  console.log(`${me.username} may hold ${me.credits_total} vessels`);
  let order = await ask("POST", "/orders", { count: Number(count), kind });
  while (order.state === "working") order = await ask("GET", `/orders/${order.id}?wait=${WAIT}`);
  if (order.state !== "done") throw new Error(order.message);
  const handles = order.vessels.filter((vessel) => vessel.state === "active").map((vessel) => vessel.handle);
  for (const handle of handles) console.log(`got ${handle}`);
  const released = await ask("POST", "/vessels/release", { handles });
  console.log(`gave ${released.done.length} back`);
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exit(1);
}
