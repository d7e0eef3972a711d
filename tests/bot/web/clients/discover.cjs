// Talks to a server as OSMod does: the API is discovered, then called. Prints one JSON object.
// Usage: node discover.cjs URL. Needs the npm package googleapis.

const { google } = require('googleapis');

async function main(root) {
  const client = await google.discoverAPI(`${root}/$discovery/rest?version=v1alpha1`);
  const requestBody = { comment: { text: 'you idiot' }, requestedAttributes: { TOXICITY: {} } };
  const analyzed = await client.comments.analyze({ key: 'any', requestBody });
  const suggested = await client.comments.suggestscore({
    key: 'any',
    requestBody: {
      comment: { text: 'you fool' },
      attributeScores: { TOXICITY: { summaryScore: { value: 1 } } },
      clientToken: 't',
    },
  });
  let refusal = null;
  try {
    await client.comments.analyze({ key: 'any', requestBody: { ...requestBody, comment: {} } });
  } catch (error) {
    refusal = { code: Number(error.code ?? error.status), message: error.message };
  }
  console.log(JSON.stringify({ analyzed: analyzed.data, suggested: suggested.data, refusal }));
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exit(1);
});
