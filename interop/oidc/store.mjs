// Everything that the provider keeps, in memory. When something expires is the
// provider's own matter.
const models = new Map();

const recordsOf = (model) => models.get(model) ?? models.set(model, new Map()).get(model);

// The adapter that the provider wants:
// https://github.com/panva/node-oidc-provider/blob/main/docs/README.md#adapter
export class Store {
  constructor(model) {
    this.records = recordsOf(model);
  }

  async find(id) {
    return this.records.get(id);
  }

  async findByUid(uid) {
    return this.records.values().find((record) => record.uid === uid);
  }

  async findByUserCode(code) {
    return this.records.values().find((record) => record.userCode === code);
  }

  async upsert(id, record) {
    this.records.set(id, record);
  }

  async consume(id) {
    this.records.get(id).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    this.records.delete(id);
  }

  async revokeByGrantId(grantId) {
    for (const [id, record] of this.records) {
      if (record.grantId === grantId) this.records.delete(id);
    }
  }
}

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

// Adds a client, or changes it. What is not said follows from what it has: with
// a secret it may act for itself, with redirect URIs for people with a browser.
export function putClient({ redirect_uris: uris = [], ...client }) {
  recordsOf('Client').set(client.client_id, {
    token_endpoint_auth_method: client.client_secret ? 'client_secret_basic' : 'none',
    grant_types: [
      ...(uris.length ? ['authorization_code'] : []),
      ...(client.client_secret ? ['client_credentials'] : []),
      'refresh_token',
      DEVICE,
    ],
    response_types: uris.length ? ['code'] : [],
    redirect_uris: uris,
    ...client,
  });
}
