// The store of a writing project: codices with a title, fields, tags and references to each other.
//
// Nothing is cached: reads take microseconds, so that what is shown is what is stored.
import { DocumentDatabase } from 'filesyncdb';

export function openStore(path) {
  const db = new DocumentDatabase(path, {
    collections: {
      codex: {
        indexes: ['projectId', 'updatedAt'],
        tags: 'tags',
        references: 'references',
        search: ['name', 'fields'],
      },
    },
  });
  const codices = db.collection('codex');

  return {
    create: (title, { template = 'default', projectId = 'main', fields = {} } = {}) =>
      codices.insert({ title, template, projectId, fields, tags: [], references: [] }),

    get: (id) => codices.get(id),

    /** `version` is the one that the editor shows: nobody's change is overwritten unseen. */
    edit: (id, fields, version) => codices.patch(id, { fields }, { ifVersion: version }),

    rename: (id, title) => codices.patch(id, { title }),

    async tag(id, tag) {
      return change(id, ({ tags }) => (tags.includes(tag) ? {} : { tags: [...tags, tag] }));
    },

    async refer(id, to, context) {
      return change(id, ({ references }) => ({ references: [...references, { id: to, context }] }));
    },

    delete: (id) => codices.delete(id),

    /** The last edited first. */
    list: (projectId = 'main', page = 1) =>
      codices.find({ where: { projectId }, orderBy: '-updatedAt', page, pageSize: 50 }),

    withTag: (tag) => codices.find({ where: { tags: { contains: tag } } }).rows,
    tags: () => codices.tags(),
    references: (id) => codices.references(id),
    backlinks: (id) => codices.backlinks(id),
    search: (text) => codices.search(text),
    count: () => codices.count(),
    close: () => db.close(),
  };

  /** Reads, changes, and stores unless somebody else has been faster: then again. */
  async function change(id, changesOf) {
    for (;;) {
      const codex = codices.get(id);
      if (!codex) return null;
      try {
        return await codices.patch(id, changesOf(codex.document), { ifVersion: codex.version });
      } catch (error) {
        if (error.code !== 'FSDB_CONFLICT') throw error;
      }
    }
  }
}
