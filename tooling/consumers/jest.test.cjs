test('a CommonJS suite can require the package, so no dependency is for ES modules only', async () => {
  await require('./commonjs.cjs');
});
