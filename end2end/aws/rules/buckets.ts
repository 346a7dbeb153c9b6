// Where files lie.

import { array, at, object, ofType } from '../template.ts';
import { type Rule, statements, isWithoutTls, properties, statement } from './rule.ts';

export const BUCKETS: Rule[] = [
  {
    name: 'every bucket is private, encrypted and reached by TLS only',
    faults: (body) =>
      ofType(body, 'AWS::S3::Bucket').flatMap(([name, bucket]) => {
        const blocked = at(bucket, 'PublicAccessBlockConfiguration');
        const own = statements(body).filter(({ resources }) => resources.some((resource) => resource.startsWith(`${name}.Arn`)));
        const denied = own.find(({ effect, condition }) => effect === 'Deny' && isWithoutTls(condition));
        return [
          ...['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets']
            .filter((what) => at(blocked, what) !== true)
            .map((what) => `${name}: ${what} is not set`),
          ...(at(bucket, 'OwnershipControls', 'Rules', 0, 'ObjectOwnership') === 'BucketOwnerEnforced' ? [] : [`${name} has ACLs`]),
          ...(at(bucket, 'BucketEncryption', 'ServerSideEncryptionConfiguration', 0) === undefined ? [`${name} is not encrypted`] : []),
          ...(denied?.principal === '*' && denied.actions.includes('s3:*') && denied.resources.length === 2
            ? []
            : [`${name} is reached without TLS`]),
          ...own
            .filter(({ effect, principal, condition }) => {
              const source = at(condition, 'StringEquals', 'aws:SourceArn');
              const isDistribution = JSON.stringify(principal) === '{"Service":"cloudfront.amazonaws.com"}';
              return effect === 'Allow' && !(isDistribution && typeof source === 'string' && source.endsWith(':distribution/Distribution'));
            })
            .map(({ where }) => `${where} lets others than the distribution read ${name}`),
        ];
      }),
    breaks: {
      'public access allowed': (body) => {
        object(properties(body, 'Site')['PublicAccessBlockConfiguration'])['RestrictPublicBuckets'] = false;
      },
      'a public policy': (body) => {
        statement(body, 'SitePolicy')['Principal'] = '*';
      },
      'any distribution': (body) => {
        delete statement(body, 'SitePolicy')['Condition'];
      },
      'plain http': (body) => {
        array(at(properties(body, 'SitePolicy'), 'PolicyDocument', 'Statement')).pop();
      },
      'no encryption': (body) => {
        delete properties(body, 'Site')['BucketEncryption'];
      },
    },
  },
];
