import { KEYS } from "../keys/table.ts";
import { type Places, TEXT, TEXT_LIST } from "../keys/text.ts";

const TEXT_OR_LIST: Places = { isText: true, items: TEXT };

const EXCLUDE: Places = { isText: true, keys: { regex: TEXT } };
const TAG_MAPPING: Places = {
  isText: true,
  keys: {
    from: TEXT,
    to: TEXT_OR_LIST,
    glob: TEXT_OR_LIST,
    regex: TEXT,
    semver: TEXT,
    pattern: TEXT,
    exclude: { ...EXCLUDE, items: EXCLUDE },
  },
};

/** Keys of entries and `defaults` define their own text places. */
const SETTINGS = Object.fromEntries(KEYS.flatMap(({ name, text }) => (text === undefined ? [] : [[name, text]])));

/**
 * The places of text in images.yaml, where an unquoted `1.10`, `on` or `0x1F` is kept as written. Other places have YAML's types. A test
 * derives this table from the schema.
 */
export const TEXT_PLACES: Places = {
  keys: {
    include: TEXT_LIST,
    defaults: { keys: SETTINGS },
    registries: {
      anyKey: {
        keys: {
          ca: TEXT,
          clientCertificate: { keys: { certificate: TEXT, key: TEXT } },
          auth: { keys: { helper: TEXT, impersonate: TEXT, keyFile: TEXT } },
          mirrors: TEXT_LIST,
        },
      },
    },
    immutable: { items: { keys: { repositories: TEXT_OR_LIST, tags: TEXT_OR_LIST } } },
    images: {
      items: {
        keys: {
          source: TEXT,
          target: TEXT_OR_LIST,
          tags: { items: TAG_MAPPING },
          ...SETTINGS,
        },
      },
    },
  },
};
